"""What a class is given and told: sheets with numbers of their own, the report, the marks."""
