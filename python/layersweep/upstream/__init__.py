"""Reading what upstream's program leaves behind."""
