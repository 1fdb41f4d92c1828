"""What bounds a step is computed at every turn of its loop, and not once before it."""

from __future__ import annotations

import re

from benchmarks.transformers import bound_loop, prepared


def test_no_product_is_taken_out_of_the_loop() -> None:
    compiled, _ = bound_loop("mnist", prepared("mnist"))
    inside, before = compiled.as_text().split("\nENTRY ")
    products = re.compile(r"= f32\S+ dot\(")
    # Three layers forward and their weights' gradients, the gradients of the inputs of two, and
    # three layers forward of an evaluation.
    assert len(products.findall(inside)) == 3 + 3 + 2 + 3
    assert not products.findall(before)
