self.imported = 'imported';
