"""The changes of the recipe tables, and which of them sqlx plans without making anybody wait."""
