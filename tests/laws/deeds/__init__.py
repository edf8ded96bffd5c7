"""What people do at random, by calling workflows: a noun a file."""
