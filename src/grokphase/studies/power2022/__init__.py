"""Power et al. (2022), arXiv:2201.02177: networks that generalize long after they have memorized.

The facts are in `paper.toml`, published numbers in `published/`. `runs` says what is trained,
`structure` looks for number lines and cosets in trained weights, `sharpness` measures how much the
loss rises near them, and `tables` counts the equations.
"""
