import{a as s}from"./part-UBRLVIYQ.js";var n=self;n.onmessage=o=>{let{number:a,count:t,edges:r,width:u,height:f}=o.data,e=s(t,r,u,f);n.postMessage({number:a,layout:e},[e.x.buffer,e.y.buffer])};
