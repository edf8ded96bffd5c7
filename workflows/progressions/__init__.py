"""What happens to submissions for approval, a verb a file."""
