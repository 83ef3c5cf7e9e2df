"""Replays that are killed."""
