"""What breaks. Each file is found by itself."""
