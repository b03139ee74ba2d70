package web

// Table gives tests the routes and who may take them.
func (s *Server) Table() []Route { return s.table }
