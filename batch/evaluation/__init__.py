"""Offline evaluation: splits that nobody tuned on, models under one rule, paired intervals."""
