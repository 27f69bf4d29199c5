"""The calendar beside public ones: it differs from each on exactly the days of a written list, each with its reason."""
