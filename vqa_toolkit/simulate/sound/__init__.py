"""Faults of the sound: one file each (or a few close kin), edits of float samples with exact sample times."""
