"""The five tutorials' own figures: what they print, our port prints."""
