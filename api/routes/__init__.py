"""The routes, by what they tell of."""
