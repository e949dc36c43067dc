"""Left out: no stage imports it."""
