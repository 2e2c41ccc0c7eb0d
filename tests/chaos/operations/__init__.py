"""Actions of people, programs and DingTalk. Each file is found by itself."""
