"""Limits as data: one TOML file per profile."""
