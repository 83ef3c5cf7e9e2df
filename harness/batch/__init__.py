"""Trainers, publishers and attacks on them, for bench and tests."""
