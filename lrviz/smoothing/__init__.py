"""Exponentially weighted averages: how much they remember, what that costs, and where else training uses them."""
