INSERT INTO parcels (weight) VALUES (5), (50);
