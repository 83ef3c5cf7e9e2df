"""The MovieLens releases: any of them, from a folder, a zip or a file of ratings.

Source: the releases' READMEs (Harper and Konstan 2015, https://doi.org/10.1145/2827872).

`folder_or_zip` opens files, `file_layouts` tells what one is, `release` which is which,
`rating_rows` parses one line strictly, `rating_blocks` reads a file of ratings as columns,
`time_order` sorts it by time. `delimited_records` reads the files beside it and `metadata_parsing`
counts what is lost of them, for `movies` (with `title_articles`), `users` and `tags`;
`release_metadata` is all of these together.
"""
