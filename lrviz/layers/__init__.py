"""Layers that behave differently in training: dropout and normalization, in plain NumPy."""
