INSERT INTO tickets (seat) VALUES ('A1'), ('A2');
