"""Fills the generated parts of the documentation: `python -m scripts.docs`, part of `make docs`.

A page holds what people wrote; between two comments, `<!-- generated: NAME -->` and `<!-- end -->`,
stands what code or a bench's result says. A test fails where the two differ.
"""
