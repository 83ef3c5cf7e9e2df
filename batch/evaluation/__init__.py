"""How good models are: splits that nobody tuned on, contenders under one rule, paired intervals."""
