"""Batch: a snapshot of the event log becomes a model, and a model becomes published lists."""
