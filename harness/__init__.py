"""The independent checker, kill rigs, and what else bench and tests share; in no wheel."""
