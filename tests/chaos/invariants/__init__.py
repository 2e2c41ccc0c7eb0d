"""What must hold at the end. Each file is found by itself."""
