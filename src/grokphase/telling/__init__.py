"""Results in words: what a map, a sweep or a run says as text, tables and HTML.

`looks` has the letter and the colour of each phase, `axes` and `captions` the words for settings
and for what stands under a picture, `words` those for what happened in runs; `text`, `terminal`,
`html` and `tables` tell a map, `sweep_text` and `sweep_tables` a sweep, `survival` its times. All
of it takes results of `grokphase.phases` and draws nothing.
"""
