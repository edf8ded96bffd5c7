"""What mutations are given and what they answer, a noun a file."""
