"""Points in time as integer milliseconds since 1970-01-01 UTC.

Why here: the core must not know a clock, yet it compares times that commands carry.
"""

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
