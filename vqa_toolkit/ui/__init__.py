"""Everything between the browser and the library: routes, gate, components and the pages' parts."""
