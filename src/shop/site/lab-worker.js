// A dedicated worker that sends what it is told and says so.
self.onmessage = async (event) => {
  try {
    await fetch(event.data, { mode: 'no-cors' });
  } catch (error) {
    // Whether it arrived is not this page's business.
  }
  self.postMessage('sent');
};
