"""From hardware efficiency to time, energy, operational and embodied carbon, water and cost."""
