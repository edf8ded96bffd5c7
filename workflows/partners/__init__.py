"""What happens to partner companies and their case managers: a verb a file."""
