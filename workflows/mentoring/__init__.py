"""What happens to mentoring requests, a verb a file."""
