"""The MovieLens releases: any of them, from a folder, a zip or a file of ratings.

Source: the releases' READMEs (Harper and Konstan 2015, https://doi.org/10.1145/2827872).

`sources` opens files, `layouts` tells what one is, `release` which is which, `rows` parses one
line strictly, `blocks` reads a file of ratings as columns, `ordering` sorts it by time. `records`
reads the files beside it and `lines` counts what is lost of them, for `movies` (with `articles`),
`people` and `tags`; `metadata` is all of these together.
"""
