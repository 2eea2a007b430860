"""The only room that opens media: probe, safe open, one decode into chunks, derived views."""
