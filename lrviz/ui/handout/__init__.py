"""What a lesson that is handed out adds to its page, and the page on which such a lesson is made."""
