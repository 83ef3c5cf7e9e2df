"""The serving store: the only package that talks to Redis (6.2 commands only).

One module per writer: `speed` (fenced by position), `versions` (batch), `trends` (streaming),
`catalogue` (producer), `topic` (speed), `status` (each); `positions`, `active_pointer` and
`stored_model` are how their values are kept; `reader` is what the API reads with.
"""
