"""The serving store: the only package that talks to Redis (6.2 commands only).

One module per writer: `speed` (fenced by position), `versions` (batch), `trends` (streaming),
`catalogue` (producer), `status` (each); `reading` is the rule by which lists are read.
"""
