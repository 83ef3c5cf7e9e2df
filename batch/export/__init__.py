"""Exports a version as files for people and other programs: Parquet and CSV."""
