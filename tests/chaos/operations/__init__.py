"""What people, programs and DingTalk do. Each file is found by itself."""
