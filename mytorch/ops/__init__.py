"""The tables: every operation as a forward on plain arrays and the rule of its gradient."""
