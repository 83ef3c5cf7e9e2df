"""The serving store: the only package that talks to Redis (6.2 commands only).

One module per writer: `speed` (fenced by position), `versions` (batch), `trends` (streaming),
`catalogue` (producer), `topic` (speed), `status` (each); `partition_position`,
`active_pointer_decoder` and `model_codec` are how their values are kept, `live_quality_counts` what
positions count; `reader` is what the API reads with.
"""
