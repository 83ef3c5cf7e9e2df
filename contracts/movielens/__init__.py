"""The MovieLens releases: any of them, from a folder, a zip or a file of ratings.

Source: the releases' READMEs (Harper and Konstan 2015, https://doi.org/10.1145/2827872).

`sources` opens files, `layouts` tells which is which, `rows` parses one line strictly, `blocks`
reads a file of ratings as columns, `ordering` sorts it by time, `lines` reads the files beside
it, for `movies`, `tags` and `people`.
"""
