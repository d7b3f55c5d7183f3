//! What a person or a program reads: events and results, printed here and nowhere else.
