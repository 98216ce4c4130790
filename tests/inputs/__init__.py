"""What people, editors and attackers feed to sqlx."""
