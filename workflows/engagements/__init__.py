"""What happens to engagements, a verb a file."""
