"""Faults that edit pictures."""
