"""A version as files for people and other programs: Parquet and CSV."""
