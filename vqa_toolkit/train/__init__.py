"""Simulated and labelled media → weights: seeded, resumable, on a CPU or a GPU."""
